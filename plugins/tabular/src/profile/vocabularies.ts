/** Words of small domains, in lower case. Pure data. */

const words = (text: string, separator = ' ') => new Set(text.split(separator));

export const US_STATE_CODES = words(
  'al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr gu vi as mp',
);
export const US_STATES = words(
  'alabama,alaska,arizona,arkansas,california,colorado,connecticut,delaware,florida,georgia,hawaii,idaho,illinois,indiana,iowa,kansas,kentucky,louisiana,maine,maryland,massachusetts,michigan,minnesota,mississippi,missouri,montana,nebraska,nevada,new hampshire,new jersey,new mexico,new york,north carolina,north dakota,ohio,oklahoma,oregon,pennsylvania,rhode island,south carolina,south dakota,tennessee,texas,utah,vermont,virginia,washington,west virginia,wisconsin,wyoming,district of columbia,puerto rico,guam',
  ',',
);
/** ISO 3166-1, two letters. */
const ALPHA_2 =
  'ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw';
/** And three. */
const ALPHA_3 =
  'afg alb dza and ago arg arm aus aut aze bhs bhr bgd brb blr bel blz ben btn bol bih bwa bra brn bgr bfa bdi khm cmr can cpv caf tcd chl chn col com cog cod cri civ hrv cub cyp cze dnk dji dma dom ecu egy slv gnq eri est eth fji fin fra gab gmb geo deu gha grc grd gtm gin gnb guy hti hnd hkg hun isl ind idn irn irq irl isr ita jam jpn jor kaz ken kir prk kor kwt kgz lao lva lbn lso lbr lby lie ltu lux mac mdg mwi mys mdv mli mlt mhl mrt mus mex fsm mda mco mng mne mar moz mmr nam nru npl nld nzl nic ner nga mkd nor omn pak plw pse pan png pry per phl pol prt pri qat rou rus rwa kna lca vct wsm smr stp sau sen srb syc sle sgp svk svn slb som zaf ssd esp lka sdn sur swz swe che syr twn tjk tza tha tls tgo ton tto tun tur tkm tuv uga ukr are gbr usa ury uzb vut ven vnm yem zmb zwe';
export const COUNTRY_CODES = words(`${ALPHA_2} ${ALPHA_3}`);
export const COUNTRIES = words(
  'afghanistan,albania,algeria,andorra,angola,argentina,armenia,australia,austria,azerbaijan,bahamas,bahrain,bangladesh,barbados,belarus,belgium,belize,benin,bhutan,bolivia,bosnia and herzegovina,botswana,brazil,brunei,bulgaria,burkina faso,burundi,cambodia,cameroon,canada,cape verde,central african republic,chad,chile,china,colombia,comoros,congo,costa rica,croatia,cuba,cyprus,czech republic,czechia,denmark,djibouti,dominica,dominican republic,ecuador,egypt,el salvador,england,equatorial guinea,eritrea,estonia,eswatini,ethiopia,fiji,finland,france,gabon,gambia,georgia,germany,ghana,greece,grenada,guatemala,guinea,guyana,haiti,honduras,hong kong,hungary,iceland,india,indonesia,iran,iraq,ireland,israel,italy,ivory coast,jamaica,japan,jordan,kazakhstan,kenya,kuwait,kyrgyzstan,laos,latvia,lebanon,lesotho,liberia,libya,liechtenstein,lithuania,luxembourg,macao,madagascar,malawi,malaysia,maldives,mali,malta,mauritania,mauritius,mexico,moldova,monaco,mongolia,montenegro,morocco,mozambique,myanmar,namibia,nepal,netherlands,new zealand,nicaragua,niger,nigeria,north korea,north macedonia,norway,oman,pakistan,palestine,panama,papua new guinea,paraguay,peru,philippines,poland,portugal,puerto rico,qatar,romania,russia,russian federation,rwanda,samoa,saudi arabia,scotland,senegal,serbia,seychelles,sierra leone,singapore,slovakia,slovenia,somalia,south africa,south korea,south sudan,spain,sri lanka,sudan,suriname,sweden,switzerland,syria,taiwan,tajikistan,tanzania,thailand,togo,tonga,trinidad and tobago,tunisia,turkey,turkmenistan,uganda,ukraine,united arab emirates,united kingdom,united states,united states of america,uruguay,usa,uk,uzbekistan,vanuatu,venezuela,vietnam,wales,yemen,zambia,zimbabwe',
  ',',
);
/** Names, and codes of ISO 639-1. */
export const LANGUAGES = words(
  'english,french,german,spanish,italian,portuguese,dutch,russian,chinese,mandarin,cantonese,japanese,korean,arabic,hindi,bengali,urdu,turkish,polish,ukrainian,czech,slovak,hungarian,romanian,bulgarian,greek,hebrew,swedish,norwegian,danish,finnish,icelandic,thai,vietnamese,indonesian,malay,tamil,telugu,persian,swahili,latin,catalan,croatian,serbian,en,fr,de,es,it,pt,nl,ru,zh,ja,ko,ar,hi,bn,ur,tr,pl,uk,cs,sk,hu,ro,bg,el,he,sv,no,da,fi,is,th,vi,id,ms,ta,te,fa,sw,la,ca,hr,sr,en-us,en-gb,fr-fr,de-de,es-es,pt-br,zh-cn',
  ',',
);
export const STREET_WORDS = words(
  'street st avenue ave av road rd boulevard blvd drive dr lane ln court ct place pl square sq highway hwy way parkway pkwy circle cir terrace ter trail trl plaza pike route rte loop alley broadway suite ste unit apt',
);
